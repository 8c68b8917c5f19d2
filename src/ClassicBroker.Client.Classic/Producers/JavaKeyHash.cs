using System.Buffers.Binary;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary>Java's hash codes of what keys may be. Stateless.</summary>
internal static class JavaKeyHash
{
    private const int True = 1231;
    private const int False = 1237;

    /// <summary>Null for a type whose hash Java has no like of.</summary>
    public static int? Of(object key) => key switch
    {
        string text => JavaHash.OfString(text),
        byte[] bytes => OfBytes(bytes),
        int number => number,
        long number => OfLong(number),
        short number => number,
        sbyte number => number,
        char unit => unit,
        bool flag => flag ? True : False,
        double number => OfLong(BitConverter.DoubleToInt64Bits(number)),
        float number => BitConverter.SingleToInt32Bits(number),
        Guid id => OfGuid(id),
        _ => null,
    };

    /// <summary><c>Arrays.hashCode</c>, which counts bytes with their signs.</summary>
    public static int OfBytes(ReadOnlySpan<byte> bytes)
    {
        var hash = 1;
        foreach (var value in bytes)
        {
            hash = unchecked((31 * hash) + (sbyte)value);
        }

        return hash;
    }

    private static int OfLong(long number) => unchecked((int)(number ^ (number >>> 32)));

    private static int OfGuid(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return OfLong(BinaryPrimitives.ReadInt64BigEndian(bytes) ^ BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
    }
}
