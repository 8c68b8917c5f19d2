using System.Buffers.Binary;
using System.Text;

namespace ClassicBroker.Testing.Otlp;

/// <summary>A message of protobuf as a collector finds it, without its schema: fields by their numbers. Immutable.</summary>
public sealed class ProtobufMessage
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    private ProtobufMessage()
    {
    }

    /// <exception cref="FormatException">It is no protobuf.</exception>
    public static ProtobufMessage Parse(byte[] bytes)
    {
        var message = new ProtobufMessage();
        for (var position = 0; position < bytes.Length;)
        {
            var tag = Varint(bytes, ref position);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    message._fields.Add((field, Varint(bytes, ref position), []));
                    break;
                case 1:
                    message._fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(position, 8)), []));
                    position += 8;
                    break;
                case 2:
                    var length = (int)Varint(bytes, ref position);
                    message._fields.Add((field, 0, bytes[position..(position + length)]));
                    position += length;
                    break;
                default:
                    throw new FormatException($"Wire type {tag & 7} at {position}");
            }
        }

        return message;
    }

    /// <summary>The nested messages of a field.</summary>
    public IEnumerable<ProtobufMessage> All(int field) => _fields.Where(each => each.Field == field).Select(each => Parse(each.Bytes));

    /// <summary>The nested message of a field that stands once.</summary>
    public ProtobufMessage One(int field) => All(field).Single();

    public bool Has(int field) => _fields.Exists(each => each.Field == field);

    public ulong Number(int field) => _fields.Single(each => each.Field == field).Number;

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    public string Text(int field) => Encoding.UTF8.GetString(_fields.Single(each => each.Field == field).Bytes);

    public string Hex(int field) => Convert.ToHexStringLower(_fields.Single(each => each.Field == field).Bytes);

    /// <summary>Attributes of OTLP in a field, with texts and whole numbers as text.</summary>
    public SortedDictionary<string, string> Attributes(int field)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in All(field))
        {
            var value = attribute.One(2);
            attributes[attribute.Text(1)] = value.Has(1) ? value.Text(1) : value.Has(3) ? $"{value.Number(3)}" : $"{value.Double(4)}";
        }

        return attributes;
    }

    private static ulong Varint(byte[] bytes, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
