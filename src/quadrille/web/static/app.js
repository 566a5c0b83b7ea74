// The page works without this script. It makes figures live, and fetches what takes long.
"use strict";
