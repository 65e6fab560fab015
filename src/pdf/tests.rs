//! What the reader makes of generated PDFs, good and bad.

use super::*;
