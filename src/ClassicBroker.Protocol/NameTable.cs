using System.Text;

namespace ClassicBroker.Protocol;

/// <summary>
/// One string for all equal ones that come as UTF-8: groups, topics and metadata that are read over and over. Keeps what it has been
/// shown. Threading: one thread at a time.
/// </summary>
public sealed class NameTable
{
    /// <summary>Longer ones are decoded before they are looked for; topic names have 249 characters at most.</summary>
    private const int CharsOnStack = 256;

    private readonly Dictionary<string, string> _names;
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _byChars;

    public NameTable()
    {
        _names = new(StringComparer.Ordinal);
        _byChars = _names.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// The string of these bytes; allocates where it is new. What is not UTF-8 is replaced, as in all strings of the protocol.
    /// </summary>
    public string Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        // UTF-8 never has fewer bytes than UTF-16 has characters.
        return utf8.Length > CharsOnStack
            ? Find(Encoding.UTF8.GetString(utf8).AsSpan())
            : FindShort(utf8);
    }

    private string FindShort(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[CharsOnStack];
        return Find(chars[..Encoding.UTF8.GetChars(utf8, chars)]);
    }

    private string Find(ReadOnlySpan<char> name)
    {
        if (_byChars.TryGetValue(name, out var known))
        {
            return known;
        }

        var added = name.ToString();
        _names.Add(added, added);
        return added;
    }
}
