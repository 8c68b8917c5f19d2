using System.Buffers;
using System.Globalization;
using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// Text that is written as UTF-8 at once, in memory that is borrowed while it holds any. Owned by who writes it. Threading: one at a time.
/// </summary>
internal sealed class Utf8Text
{
    private const int LengthMin = 256;
    private const int NumberLengthMax = 32;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public Utf8Text Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Length += text.Length;
        return this;
    }

    public Utf8Text Append(ReadOnlySpan<char> text)
    {
        Length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
        return this;
    }

    public Utf8Text Append(byte character)
    {
        Room(1)[0] = character;
        Length++;
        return this;
    }

    public Utf8Text Append(long number)
    {
        number.TryFormat(Room(NumberLengthMax), out var written, provider: CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    public Utf8Text Append(double number)
    {
        number.TryFormat(Room(NumberLengthMax), out var written, "R", CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        (_bytes, Length) = ([], 0);
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(LengthMin, Math.Max(_bytes.Length * 2, Length + count)));
            Written.CopyTo(larger);
            if (_bytes.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_bytes);
            }

            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }
}
