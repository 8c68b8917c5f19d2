using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Protocol.Tests;

/// <summary>
/// What one version of a message looks like on the wire, as text: a line a field with its path, type, nullability, tag, default and
/// what happens to it elsewhere. Two descriptions of a message agree where their texts do.
/// </summary>
internal sealed class MessageLayout
{
    private readonly StringBuilder _lines = new();

    public string Text => _lines.ToString();

    public string Digest => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..16];

    public void Lengths(bool flexible) => _lines.Append(flexible ? "flexible\n" : "plain\n");

    public void Field(string path, string type, bool nullable, int? tag, string? defaultValue, bool ignorable, bool inflexible)
    {
        _lines.Append(path).Append(' ').Append(type);
        _lines.Append(nullable ? " nullable" : "").Append(tag is null ? "" : $" tag {tag}");
        _lines.Append(defaultValue is null ? "" : $" = {defaultValue}");
        _lines.Append(ignorable ? " ignorable" : "").Append(inflexible ? " inflexible" : "").Append('\n');
    }
}
