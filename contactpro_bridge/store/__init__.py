"""The store: tables, the one writer, and the reads and writes of each room. It knows no HTTP and decides nothing."""
