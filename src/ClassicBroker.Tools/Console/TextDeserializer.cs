using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ClassicBroker.Tools.Console;

/// <summary>Java's deserializers by their class names, each making the text its value prints as. Stateless.</summary>
internal static class TextDeserializer
{
    private const string Package = "org.apache.kafka.common.serialization.";

    /// <summary>The function behind a class name; null, strings and byte arrays print as they are.</summary>
    /// <exception cref="ToolException">The class is not known.</exception>
    public static Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Find(string? className) =>
        className switch
        {
            null or "" or Package + "StringDeserializer" or Package + "ByteArrayDeserializer" or Package + "BytesDeserializer"
                or Package + "UUIDDeserializer" => bytes => bytes,
            Package + "ShortDeserializer" => bytes => Print(BinaryPrimitives.ReadInt16BigEndian(Sized(bytes, sizeof(short), "Short"))),
            Package + "IntegerDeserializer" => bytes => Print(BinaryPrimitives.ReadInt32BigEndian(Sized(bytes, sizeof(int), "Integer"))),
            Package + "LongDeserializer" => bytes => Print(BinaryPrimitives.ReadInt64BigEndian(Sized(bytes, sizeof(long), "Long"))),
            Package + "FloatDeserializer" => bytes => PrintReal(BinaryPrimitives.ReadSingleBigEndian(Sized(bytes, sizeof(float), "Float"))),
            Package + "DoubleDeserializer" =>
                bytes => PrintReal(BinaryPrimitives.ReadDoubleBigEndian(Sized(bytes, sizeof(double), "Double"))),
            _ => throw new ToolException($"java.lang.ClassNotFoundException: {className}"),
        };

    private static ReadOnlySpan<byte> Sized(ReadOnlyMemory<byte> bytes, int size, string type) =>
        bytes.Length == size
            ? bytes.Span
            : throw new JavaFailure(
                "org.apache.kafka.common.errors.SerializationException", $"Size of data received by {type}Deserializer is not {size}");

    private static ReadOnlyMemory<byte> Print(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Java prints whole numbers with a zero behind the point.</summary>
    private static ReadOnlyMemory<byte> PrintReal<T>(T value)
        where T : IFormattable
    {
        var text = value.ToString(null, CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(text.All(letter => char.IsAsciiDigit(letter) || letter == '-') ? text + ".0" : text);
    }
}
