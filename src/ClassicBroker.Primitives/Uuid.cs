using System.Buffers.Binary;
using System.Buffers.Text;

namespace ClassicBroker.Primitives;

/// <summary>
/// A 128-bit id as Kafka writes it: most significant half first, and as text 22 characters of URL-safe base64 without padding
/// (KIP-516). <see cref="Zero"/> stands for "none".
/// </summary>
public readonly record struct Uuid(long MostSignificant, long LeastSignificant) : IComparable<Uuid>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    private const int TextLength = 22;

    public static readonly Uuid Zero;

    /// <summary>The id KRaft reserves for its metadata topic; a random topic id must avoid it.</summary>
    public static readonly Uuid One = new(0, 1);

    public bool IsZero => this == Zero;

    public static Uuid Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadInt64BigEndian(source), BinaryPrimitives.ReadInt64BigEndian(source[8..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, MostSignificant);
        BinaryPrimitives.WriteInt64BigEndian(destination[8..], LeastSignificant);
    }

    /// <summary>Turns 16 random bytes into a version 4 (random) id.</summary>
    public static Uuid FromRandom(ReadOnlySpan<byte> random)
    {
        var raw = Read(random);
        return new(
            (raw.MostSignificant & ~0xF000L) | 0x4000L,
            (raw.LeastSignificant & 0x3FFF_FFFF_FFFF_FFFFL) | unchecked((long)0x8000_0000_0000_0000UL));
    }

    /// <summary>Reads the 22-character text form; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Uuid uuid)
    {
        Span<byte> bytes = stackalloc byte[Size];
        uuid = Zero;
        if (text.Length != TextLength || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out _))
        {
            return false;
        }

        uuid = Read(bytes);
        return true;
    }

    public int CompareTo(Uuid other)
    {
        var high = MostSignificant.CompareTo(other.MostSignificant);
        return high != 0 ? high : LeastSignificant.CompareTo(other.LeastSignificant);
    }

    public static bool operator <(Uuid left, Uuid right) => left.CompareTo(right) < 0;

    public static bool operator >(Uuid left, Uuid right) => left.CompareTo(right) > 0;

    public static bool operator <=(Uuid left, Uuid right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Uuid left, Uuid right) => left.CompareTo(right) >= 0;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
