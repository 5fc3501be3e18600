"""How results look: as SPSS prints them, as tables for other programs, as prose."""
