// Every form of the therapist's home leads away from it.

import { once } from './once.js';

document.addEventListener('submit', (event) => { if (!once(event.target)) event.preventDefault(); });
