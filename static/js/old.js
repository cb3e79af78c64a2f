// Only browsers too old for modules run this.
document.getElementById('old').hidden = false;
