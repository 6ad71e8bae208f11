//! Graphics Interchange Format, version 89a.

use super::{ascii, image};
use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value, layer::Bits,
    value::named,
};
use nom::{
    bytes::take,
    number::{be_u8, le_u16},
};

/// Graphics Interchange Format.
pub const DISSECTOR: Dissector = Dissector {
    name: "image-gif",
    label: "Graphics Interchange Format",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("image/gif")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("image-gif.version"),
    FieldDef::u16("image-gif.screen.width"),
    FieldDef::u16("image-gif.screen.height"),
    FieldDef::u8("image-gif.global.color_map.present"),
    FieldDef::u8("image-gif.global.color_bpp"),
    FieldDef::u8("image-gif.global.color_map.ordered"),
    FieldDef::u8("image-gif.global.bpp"),
    FieldDef::u8("image-gif.image_background_index"),
    FieldDef::u8("image-gif.global.pixel_aspect_ratio"),
    FieldDef::bytes("image-gif.global.color_map"),
    FieldDef::none("image-gif.extension"),
    FieldDef::none("image-gif.image"),
    FieldDef::none("image-gif.end"),
    FieldDef::hex8("image-gif.extension.label").names(&[Extension::NAMES]),
    FieldDef::u16("image-gif.image.left"),
    FieldDef::u16("image-gif.image.top"),
    FieldDef::u16("image-gif.image.width"),
    FieldDef::u16("image-gif.image.height"),
    FieldDef::u8("image-gif.local.color_map.present"),
    FieldDef::u8("image-gif.local.color_bpp"),
    FieldDef::u8("image-gif.local.color_map.ordered"),
    FieldDef::bytes("image-gif.local.color_map"),
    FieldDef::u8("image-gif.image.code_size"),
    FieldDef::bytes("image-gif.data_block"),
];

named! {
    /// Appendix A of the specification.
    Extension(u8, Hex(2)) {
        PLAIN_TEXT = 0x01 => "Plaintext extension",
        GRAPHIC_CONTROL = 0xf9 => "Graphics Control",
        COMMENT = 0xfe => "Comment",
        APPLICATION = 0xff => "Application",
    }
}

const SIGNATURE: usize = 6;

fn dissect(gif: &mut Layer) -> Outcome {
    if !gif.rest().starts_with(b"GIF8") {
        return Ok(Next::Declined);
    }
    gif.field_shown("image-gif.version", "Version", take(SIGNATURE), ascii::text)?;
    let width = gif.field("image-gif.screen.width", "Width", le_u16())?;
    let height = gif.field("image-gif.screen.height", "Height", le_u16())?;
    gif.title(|| format!("{width} × {height}"));
    let flags = settings(gif, "Settings", |bits, sorted| {
        let name = "image-gif.global.color_map.present";
        bits.number(name, "Global colour map", 0x80);
        bits.number("image-gif.global.color_bpp", "Bits a colour, less 1", 0x70);
        if sorted {
            bits.number("image-gif.global.color_map.ordered", "Sorted", 0x08);
        }
        bits.number("image-gif.global.bpp", "Bits a pixel, less 1", 0x07);
    })?;
    let name = "image-gif.image_background_index";
    gif.field(name, "Background colour", be_u8())?;
    let aspect = gif.peek("image-gif.global.pixel_aspect_ratio", be_u8())?;
    match aspect {
        0 => gif.skip(1),
        _ => {
            let name = "image-gif.global.pixel_aspect_ratio";
            gif.field(name, "Pixel aspect ratio", be_u8())?;
        }
    }
    colours(gif, flags, "image-gif.global.color_map")?;
    loop {
        match gif.rest().first() {
            Some(b'!') => gif.group("image-gif.extension", "Extension", extension)?,
            Some(b',') => gif.group("image-gif.image", "Image", picture)?,
            Some(b';') => {
                let end = |_: &[u8]| Value::Static("");
                gif.field_shown("image-gif.end", "End", take(1_usize), end)?;
                break;
            }
            Some(_) => {
                image::is_none(gif, "block");
                break;
            }
            None => {
                image::has_no_end(gif);
                break;
            }
        }
    }
    Ok(Next::Nothing)
}

/// Shows a byte of flags.
fn settings(
    gif: &mut Layer,
    label: &'static str,
    show: impl FnOnce(&mut Bits, bool),
) -> Result<u8, Stop> {
    let sorted = gif.source_bytes().get(gif.layer_start() as usize..);
    // Sorting came with version 89a.
    let sorted = sorted.is_some_and(|bytes| !bytes.starts_with(b"GIF87a"));
    gif.group("", label, |gif| {
        gif.word("", be_u8(), |bits| show(bits, sorted))
    })
}

/// Section 19 and 21: three bytes a colour.
fn colours(gif: &mut Layer, flags: u8, name: &'static str) -> Result<(), Stop> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    let length = 3 << ((flags & 7) + 1);
    gif.field(name, "Colour map", take(length as usize))
        .map(drop)
}

/// Section 23 to 26.
fn extension(gif: &mut Layer) -> Result<(), Stop> {
    gif.skip(1);
    let name = "image-gif.extension.label";
    let kind = gif.field_shown(name, "Label", be_u8(), |kind| Extension(kind).into())?;
    gif.title(|| Value::from(Extension(kind)).to_string());
    blocks(gif)
}

/// Section 20.
fn picture(gif: &mut Layer) -> Result<(), Stop> {
    gif.skip(1);
    gif.field("image-gif.image.left", "Left", le_u16())?;
    gif.field("image-gif.image.top", "Top", le_u16())?;
    let width = gif.field("image-gif.image.width", "Width", le_u16())?;
    let height = gif.field("image-gif.image.height", "Height", le_u16())?;
    let flags = settings(gif, "Settings of this image", |bits, sorted| {
        let name = "image-gif.local.color_map.present";
        bits.number(name, "Colour map of its own", 0x80);
        bits.number("image-gif.local.color_bpp", "Bits a colour, less 1", 0x70);
        if sorted {
            bits.number("image-gif.local.color_map.ordered", "Sorted", 0x08);
        }
        bits.number("image-gif.global.bpp", "Bits a pixel, less 1", 0x07);
    })?;
    colours(gif, flags, "image-gif.local.color_map")?;
    let name = "image-gif.image.code_size";
    gif.field(name, "Smallest LZW code", be_u8())?;
    blocks(gif)?;
    gif.title(|| format!("{width} × {height}"));
    Ok(())
}

/// Section 15 and 16: blocks that begin with their length, up to an empty one.
fn blocks(gif: &mut Layer) -> Result<(), Stop> {
    let name = "image-gif.data_block";
    loop {
        let length = usize::from(gif.peek(name, be_u8())?);
        let whole = gif.peek(name, take(1 + length))?;
        let data = whole.get(1..).unwrap_or_default();
        gif.field_shown(name, "Data", take(whole.len()), |_: &[u8]| data.into())?;
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{bytes, served, words};

    /// A transparent pixel, as visitor counters send it.
    const PIXEL: &str = "474946383961 0100 0100 80 00 00 000000 ffffff
        21f904 01000000 00 2c 0000 0000 0100 0100 00 02 02 4401 00 3b";

    #[test]
    fn a_pixel() {
        let tree = served("image/gif", &bytes(PIXEL));
        for row in [
            "Graphics Interchange Format: 1 × 1",
            "Version: GIF89a",
            "Colour map: 000000ffffff",
            "Label: Graphics Control (0xf9)",
            "Data: 01000000",
            "Data: 4401",
        ] {
            assert!(words(&tree, row), "{row}\n{tree}");
        }
    }

    #[test]
    fn broken_off() {
        let mut image = bytes(PIXEL);
        image.pop();
        assert!(served("image/gif", &image).contains("the image has no end"));
        image.truncate(22);
        assert!(served("image/gif", &image).contains("malformed"));
        image.push(b'x');
        assert!(served("image/gif", b"no image").contains("Data: 8 bytes"));
    }
}
