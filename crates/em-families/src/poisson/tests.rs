//! What is asked of the whole family.
