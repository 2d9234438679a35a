//! How mail is understood: stories of parsing, mails that others collected, mail made to hurt, and the worker it is read in.

mod authors;
mod bounces;
mod certified;
mod corpus;
mod hostile;
mod kinds;
mod parsing;
mod properties;
mod quotes;
mod worker;
