using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// Cuts a JAAS configuration into words, quoted texts and signs, as Java's tokenizer does: comments of both kinds are passed over, a
/// backslash in quotes escapes. Used by one parser.
/// </summary>
internal sealed class JaasTokens(string text)
{
    private int _position;

    /// <summary>The sign the current token is; null where it is a word, a quoted text, or the end.</summary>
    public char? Sign { get; private set; }

    /// <summary>The word or quoted text; null where the current token is a sign or the end.</summary>
    public string? Word { get; private set; }

    public bool IsEnd => Sign is null && Word is null;

    public void Next()
    {
        (Sign, Word) = (null, null);
        SkipBlanks();
        if (_position >= text.Length)
        {
            return;
        }

        var first = text[_position];
        if (first is '"' or '\'')
        {
            _position++;
            Word = Quoted(first);
        }
        else if (IsWordLetter(first))
        {
            var start = _position;
            while (_position < text.Length && IsWordLetter(text[_position]))
            {
                _position++;
            }

            Word = text[start.._position];
        }
        else
        {
            Sign = first;
            _position++;
        }
    }

    private static bool IsWordLetter(char letter) =>
        char.IsLetterOrDigit(letter) || letter is '_' or '$' or '-' or '.' || letter > '\u00a0';

    private void SkipBlanks()
    {
        while (_position < text.Length)
        {
            if (char.IsWhiteSpace(text[_position]) || text[_position] < ' ')
            {
                _position++;
            }
            else if (text.AsSpan(_position).StartsWith("//"))
            {
                var end = text.IndexOf('\n', _position);
                _position = end < 0 ? text.Length : end + 1;
            }
            else if (text.AsSpan(_position).StartsWith("/*"))
            {
                var end = text.IndexOf("*/", _position + 2, StringComparison.Ordinal);
                _position = end < 0 ? text.Length : end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private string Quoted(char quote)
    {
        var value = new StringBuilder();
        while (_position < text.Length && text[_position] != quote && text[_position] != '\n')
        {
            var letter = text[_position++];
            if (letter == '\\' && _position < text.Length)
            {
                letter = Unescaped(text[_position++]);
            }

            value.Append(letter);
        }

        _position = Math.Min(text.Length, _position + 1);
        return value.ToString();
    }

    private char Unescaped(char letter)
    {
        if (letter is < '0' or > '7')
        {
            return letter switch
            {
                'a' => '\a',
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\v',
                _ => letter,
            };
        }

        var number = letter - '0';
        for (var digits = letter <= '3' ? 2 : 1; digits > 0 && _position < text.Length && text[_position] is >= '0' and <= '7'; digits--)
        {
            number = (number * 8) + text[_position++] - '0';
        }

        return (char)number;
    }
}
