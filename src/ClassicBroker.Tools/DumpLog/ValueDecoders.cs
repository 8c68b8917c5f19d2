using System.Buffers.Binary;
using System.Text;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Kafka's decoders of keys and values by the names of their classes, those of before 3.8 included. Stateless.</summary>
internal static class ValueDecoders
{
    /// <summary>The class of strings.</summary>
    public const string Default = Package + "StringDecoder";

    private const string Package = "org.apache.kafka.tools.api.";
    private const string OldPackage = "kafka.serializer.";

    /// <summary>
    /// The decoder of a class; null stands for strings. Says on <paramref name="output"/> where the class has another name now.
    /// </summary>
    /// <exception cref="JavaFailure">There is no such class.</exception>
    public static Func<NullableBytes, string> Find(string? className, TextWriter output)
    {
        var name = className ?? Default;
        if (name.StartsWith(OldPackage, StringComparison.Ordinal))
        {
            var current = Package + name[OldPackage.Length..];
            output.WriteLine($"{name} is deprecated. Please use {current} instead");
            name = current;
        }

        return name switch
        {
            Default => bytes => Encoding.UTF8.GetString(bytes.Span),
            Package + "DefaultDecoder" => bytes => Convert.ToHexStringLower(bytes.Span),
            Package + "IntegerDecoder" => bytes => BinaryPrimitives.ReadInt32BigEndian(Sized(bytes, sizeof(int))).ToString(),
            Package + "LongDecoder" => bytes => BinaryPrimitives.ReadInt64BigEndian(Sized(bytes, sizeof(long))).ToString(),
            _ => throw new JavaFailure("java.lang.ClassNotFoundException", className),
        };
    }

    private static ReadOnlySpan<byte> Sized(NullableBytes bytes, int size) =>
        bytes.Length >= size ? bytes.Span : throw new JavaFailure("java.nio.BufferUnderflowException", null);
}
