using System.Buffers.Binary;
using System.Collections;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Generator;

namespace ClassicBroker.Protocol.Tests;

/// <summary>
/// A second, slow encoder: walks a schema and an object by reflection. Written from the description of the encodings, not from the
/// generator, so that one checks the other.
/// </summary>
internal sealed class SchemaEncoder
{
    private readonly MemoryStream _out = new();
    private readonly short _version;
    private readonly bool _flexible;

    private SchemaEncoder(MessageSchema schema, short version)
    {
        _version = version;
        _flexible = Has(schema.Flexible, version);
    }

    public static byte[] Encode(MessageSchema schema, IMessage message, short version)
    {
        var encoder = new SchemaEncoder(schema, version);
        encoder.Struct(schema.Body, message);
        return encoder._out.ToArray();
    }

    private static bool Has(VersionRange range, short version) => range.Low <= version && version <= range.High;

    private void Struct(StructSchema schema, object value)
    {
        var present = schema.Fields.Where(field => Has(field.Versions, _version)).ToList();
        foreach (var field in present.Where(field => field.Tag is null))
        {
            Field(field, Get(value, field));
        }

        if (_flexible)
        {
            Tags([.. present.Where(field => field.Tag is not null && !IsDefault(field, Get(value, field))).OrderBy(field => field.Tag)], value);
        }
    }

    private static object? Get(object owner, FieldSchema field) => owner.GetType().GetProperty(field.Name)!.GetValue(owner);

    private static bool IsDefault(FieldSchema field, object? value) =>
        value switch
        {
            null => field.DefaultsToNull || field.IsTaggedStruct,
            _ when field.DefaultsToNull => false,
            Array array => array.Length == 0,
            string text => text.Length == 0,
            Uuid uuid => uuid.IsZero,
            bool flag => flag == (field.Default == "true"),
            ErrorCode error => error == ErrorCode.None,
            IMessage => false,
            _ => Convert.ToInt64(value) == long.Parse(field.Default ?? "0"),
        };

    private void Tags(List<FieldSchema> fields, object owner)
    {
        Unsigned((uint)fields.Count);
        foreach (var field in fields)
        {
            var nested = new SchemaEncoder(this);
            nested.Field(field, Get(owner, field));
            Unsigned((uint)field.Tag!);
            Unsigned((uint)nested._out.Length);
            _out.Write(nested._out.ToArray());
        }
    }

    private SchemaEncoder(SchemaEncoder outer)
    {
        _version = outer._version;
        _flexible = outer._flexible;
    }

    private void Field(FieldSchema field, object? value)
    {
        if (field.IsArray)
        {
            Length((value as Array)?.Length ?? -1, 4, _flexible);
            foreach (var element in (IEnumerable?)value ?? Array.Empty<object>())
            {
                Single(field, element);
            }
        }
        else if (field.Kind == FieldKind.Struct && field.Tag is null && !field.Nullable.IsEmpty)
        {
            _out.WriteByte(value is null ? (byte)0xFF : (byte)1);
            if (value is not null)
            {
                Struct(field.Struct!, value);
            }
        }
        else
        {
            Single(field, value);
        }
    }

    private void Single(FieldSchema field, object? value)
    {
        var flexible = _flexible && !field.Inflexible;
        switch (field.Kind)
        {
            case FieldKind.Bool:
                _out.WriteByte((bool)value! ? (byte)1 : (byte)0);
                break;
            case FieldKind.Int8:
                _out.WriteByte((byte)(sbyte)value!);
                break;
            case FieldKind.Int16 or FieldKind.Error:
                Integer(Convert.ToInt64(value), 2);
                break;
            case FieldKind.Int32:
                Integer((int)value!, 4);
                break;
            case FieldKind.Int64:
                Integer((long)value!, 8);
                break;
            case FieldKind.Float64:
                Integer(BitConverter.DoubleToInt64Bits((double)value!), 8);
                break;
            case FieldKind.Uuid:
                Integer(((Uuid)value!).MostSignificant, 8);
                Integer(((Uuid)value).LeastSignificant, 8);
                break;
            case FieldKind.String:
                Block(value is null ? null : Encoding.UTF8.GetBytes((string)value), 2, flexible);
                break;
            case FieldKind.Bytes:
                Block((byte[]?)value, 4, flexible);
                break;
            case FieldKind.Records:
                var records = (RecordsPayload)value!;
                Block(records.IsNull ? null : records.Memory.ToArray(), 4, flexible);
                break;
            default:
                Struct(field.Struct!, value!);
                break;
        }
    }

    private void Block(byte[]? bytes, int lengthBytes, bool flexible)
    {
        Length(bytes?.Length ?? -1, lengthBytes, flexible);
        _out.Write(bytes ?? []);
    }

    private void Length(int length, int lengthBytes, bool flexible)
    {
        if (flexible)
        {
            Unsigned((uint)(length + 1));
        }
        else
        {
            Integer(length, lengthBytes);
        }
    }

    private void Integer(long value, int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(buffer, value);
        _out.Write(buffer[(8 - bytes)..]);
    }

    private void Unsigned(uint value)
    {
        while (value >= 0x80)
        {
            _out.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        _out.WriteByte((byte)value);
    }
}
