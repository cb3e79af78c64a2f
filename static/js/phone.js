// Everything that a member's page runs; the server joins these modules into this one file.

import './live.js';
import './guess.js';
import './find.js';
import './awake.js';
import './late.js';
