//! The ledger: the text formats around the log, what its entries say, and the rules they obey (LEDGER.md).
