// Everything that a member's page runs. The server joins these modules, and the vendored files they need, into this file.

import './live.js';
import './guess.js';
import './find.js';
import './awake.js';
import './late.js';
