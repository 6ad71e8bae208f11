//! What the reader answers, in which order, and what becomes of it when something fails.

use super::*;
