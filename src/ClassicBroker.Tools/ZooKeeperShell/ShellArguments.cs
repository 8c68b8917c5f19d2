using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.ZooKeeperShell;

/// <summary>
/// The words of one shell command: flags with a dash, the values of those that take one, and the rest in order. Immutable.
/// </summary>
internal sealed class ShellArguments
{
    private readonly Dictionary<char, string> _flags = [];
    private readonly List<string> _words = [];

    /// <param name="usage">The command's syntax, told when the words do not fit it.</param>
    /// <param name="flags">Letters of flags; one that takes a value has a colon behind it, as in <c>"sv:"</c>.</param>
    /// <param name="arguments">What stands behind the command's name.</param>
    /// <param name="required">How many words must be left without the flags.</param>
    /// <exception cref="ShellException">They do not fit.</exception>
    public ShellArguments(string usage, string flags, IReadOnlyList<string> arguments, int required)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word.Length != 2 || word[0] != '-')
            {
                _words.Add(word);
                continue;
            }

            var at = flags.IndexOf(word[1], StringComparison.Ordinal);
            var takesValue = at >= 0 && at + 1 < flags.Length && flags[at + 1] == ':';
            if (at < 0 || (takesValue && i + 1 == arguments.Count))
            {
                throw new ShellException(usage);
            }

            _flags[word[1]] = takesValue ? arguments[++i] : "";
        }

        if (_words.Count < required)
        {
            throw new ShellException(usage);
        }
    }

    /// <summary>Words that are no flags.</summary>
    public IReadOnlyList<string> Words => _words;

    public string Path => _words[0];

    public bool Has(char flag) => _flags.ContainsKey(flag);

    /// <summary>The number behind a flag, or <paramref name="default"/> where the flag is absent.</summary>
    public int Number(char flag, int @default)
    {
        if (!_flags.TryGetValue(flag, out var text))
        {
            return @default;
        }

        return JavaText.TryParseInt(text, out var number)
            ? number
            : throw new ShellException($"For input string: \"{text}\"");
    }

    /// <summary>Splits a line at spaces outside of single and double quotes, which are dropped.</summary>
    public static string[] Split(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        var quote = '\0';
        var inWord = false;
        foreach (var letter in line)
        {
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                Finish();
            }
            else if (letter == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && letter is '"' or '\'')
            {
                quote = letter;
                inWord = true;
            }
            else
            {
                word.Append(letter);
                inWord = true;
            }
        }

        Finish();
        return words.ToArray();

        void Finish()
        {
            if (inWord)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            inWord = false;
        }
    }
}
