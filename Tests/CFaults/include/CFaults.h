// Nothing is called from here: the library is loaded in front of the C library (LD_PRELOAD), see faults.c.
