namespace ClassicBroker.Tools.Completion;

/// <summary>A command line up to the cursor, as a shell tells it. Immutable.</summary>
internal sealed class CommandWords
{
    private CommandWords(IReadOnlyList<string> words, int kept) => (Words, KeptLength) = (words, kept);

    /// <summary>The script, what follows, and the word that is being written, which may be empty.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>How much of the word that is being written the shell keeps by itself.</summary>
    public int KeptLength { get; }

    public string Current => Words[^1];

    /// <summary>Words as they are.</summary>
    public static CommandWords Of(IReadOnlyList<string> words) => new(words, 0);

    /// <summary>
    /// Bash breaks words at colons and equals signs, which it passes as words of their own, and replaces only what is behind the last of
    /// them: <c>127.0.0.1</c>, <c>:</c>, <c>9092</c> is one word here, and all up to the colon is kept.
    /// </summary>
    public static CommandWords OfBash(IReadOnlyList<string> words)
    {
        List<string> joined = [];
        var kept = 0;
        var isOpen = false;
        foreach (var (index, word) in words.Index())
        {
            var isBreak = word.Length > 0 && word.All(letter => letter is ':' or '=');
            if (index > 1 && (isBreak || isOpen))
            {
                kept = isBreak ? joined[^1].Length + word.Length : joined[^1].Length;
                joined[^1] += word;
            }
            else
            {
                kept = 0;
                joined.Add(word);
            }

            isOpen = isBreak;
        }

        return new CommandWords(joined, kept);
    }
}
