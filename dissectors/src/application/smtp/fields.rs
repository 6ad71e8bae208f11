//! The fields of SMTP.

use super::ReplyCode;
use crate::FieldDef;

/// In the order of the files that read them.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::string("smtp.auth.username"),
    FieldDef::string("smtp.auth.password"),
    FieldDef::string("smtp.auth.username_password"),
    FieldDef::string("smtp.command_line"),
    FieldDef::string("smtp.req.command"),
    FieldDef::string("smtp.req.parameter"),
    FieldDef::string("smtp.response"),
    FieldDef::u32("smtp.response.code").names(&[ReplyCode::NAMES]),
    FieldDef::string("smtp.rsp.parameter"),
    FieldDef::frame("smtp.data.reassembled.in"),
    FieldDef::none("smtp.eom"),
    FieldDef::none("smtp.data.fragments"),
    FieldDef::frame("smtp.data.fragment"),
    FieldDef::u32("smtp.data.fragment.count"),
    FieldDef::u32("smtp.data.reassembled.length"),
];
