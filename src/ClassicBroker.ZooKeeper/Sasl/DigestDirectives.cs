using System.Text;

namespace ClassicBroker.ZooKeeper.Sasl;

/// <summary>The <c>name=value,name="value"</c> lists of DIGEST-MD5.</summary>
internal static class DigestDirectives
{
    public static SortedDictionary<string, string> Parse(string text)
    {
        var directives = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var position = 0;
        while (position < text.Length)
        {
            var equals = text.IndexOf('=', position);
            if (equals < 0)
            {
                throw new SaslException("a directive without a value");
            }

            var name = text[position..equals].Trim(' ', ',', '\t');
            directives[name] = ReadValue(text, equals + 1, out position);
        }

        return directives;
    }

    private static string ReadValue(string text, int start, out int end)
    {
        if (start >= text.Length || text[start] != '"')
        {
            var comma = text.IndexOf(',', start);
            end = comma < 0 ? text.Length : comma + 1;
            return text[start..(comma < 0 ? text.Length : comma)].Trim();
        }

        var value = new StringBuilder();
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                var comma = text.IndexOf(',', i);
                end = comma < 0 ? text.Length : comma + 1;
                return value.ToString();
            }

            i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
            value.Append(text[i]);
        }

        throw new SaslException("a quoted value does not end");
    }
}
