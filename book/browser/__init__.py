"""The explorers in a reader's browser: JavaScript generated from the very rules, surfaces and views of the library."""
