using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>
/// Reads metadata records by their schema: compact lengths (one more than the length, 0 for null) and tagged fields (KIP-482). Stateless.
/// </summary>
internal static class RecordFieldReader
{
    /// <exception cref="MalformedDataException">The bytes are no such record.</exception>
    public static ParsedFields Read(ref SpanReader reader, RecordSchema schema, short version) =>
        Read(ref reader, schema.Fields, schema, version);

    private static ParsedFields Read(ref SpanReader reader, IReadOnlyList<RecordField> fields, RecordSchema schema, short version)
    {
        var values = new object?[fields.Count];
        for (var index = 0; index < fields.Count; index++)
        {
            var field = fields[index];
            values[index] = field.Tag is null && field.FirstVersion <= version
                ? ReadField(ref reader, field, schema, version)
                : field.Absent;
        }

        for (var left = reader.ReadUnsignedVarint(); left > 0; left--)
        {
            var tag = reader.ReadUnsignedVarint();
            var tagged = new SpanReader(reader.Take(Length(reader.ReadUnsignedVarint(), reader)));
            for (var index = 0; index < fields.Count; index++)
            {
                if (fields[index].Tag == tag && fields[index].FirstVersion <= version)
                {
                    values[index] = ReadField(ref tagged, fields[index], schema, version);
                }
            }
        }

        return new ParsedFields(fields, values, version);
    }

    private static object? ReadField(ref SpanReader reader, RecordField field, RecordSchema schema, short version)
    {
        if (!field.IsArray)
        {
            return ReadValue(ref reader, field, schema, version);
        }

        if (CompactLength(ref reader, field) is not { } count)
        {
            return null;
        }

        var elements = new object?[count];
        for (var index = 0; index < count; index++)
        {
            elements[index] = ReadValue(ref reader, field, schema, version);
        }

        return elements;
    }

    private static object? ReadValue(ref SpanReader reader, RecordField field, RecordSchema schema, short version) => field.Type switch
    {
        FieldType.Bool => reader.ReadByte() != 0,
        FieldType.Int8 => (long)reader.ReadInt8(),
        FieldType.Int16 => (long)reader.ReadInt16(),
        FieldType.UInt16 => (long)(ushort)reader.ReadInt16(),
        FieldType.Int32 => (long)reader.ReadInt32(),
        FieldType.Int64 => reader.ReadInt64(),
        FieldType.Float64 => reader.ReadFloat64(),
        FieldType.Uuid => Uuid.Read(reader.Take(Uuid.Size)),
        FieldType.String => CompactLength(ref reader, field) is { } length ? Encoding.UTF8.GetString(reader.Take(length)) : null,
        FieldType.Bytes => CompactLength(ref reader, field) is { } length ? reader.Take(length).ToArray() : null,
        _ when version > schema.LastVersion => throw new MalformedDataException($"Can't read version {version} of {field.Name}"),
        _ => Read(ref reader, field.Fields, schema, version),
    };

    private static int? CompactLength(ref SpanReader reader, RecordField field) =>
        reader.ReadUnsignedVarint() switch
        {
            0 when field.IsNullable => null,
            0 => throw new MalformedDataException($"non-nullable field {field.Name} was serialized as null"),
            var length => Length(length - 1, reader),
        };

    /// <summary>Each element and each letter takes a byte at least.</summary>
    private static int Length(uint length, in SpanReader reader) =>
        length <= reader.Remaining
            ? (int)length
            : throw new MalformedDataException($"A length of {length}, with {reader.Remaining} bytes left");
}
