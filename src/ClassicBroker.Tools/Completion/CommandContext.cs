namespace ClassicBroker.Tools.Completion;

/// <summary>What a command line has said before the word that is being written. Immutable once made.</summary>
internal sealed class CommandContext
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private CommandContext(string tool, ToolSyntax syntax) => (Tool, Syntax) = (tool, syntax);

    /// <summary>The tool, by its script without <c>.sh</c>.</summary>
    public string Tool { get; }

    /// <summary>What may follow: that of the command, once there is one.</summary>
    public ToolSyntax Syntax { get; private set; }

    /// <summary>The option whose value is being written, without dashes; null where there is none.</summary>
    public string? Pending { get; private set; }

    /// <summary>What of the word belongs to the option and not to the value: <c>--topic=</c>.</summary>
    public string Prefix { get; private set; } = "";

    public static CommandContext Read(string tool, ToolSyntax syntax, IReadOnlyList<string> words)
    {
        var context = new CommandContext(tool, syntax);
        for (var i = 1; i < words.Count - 1; i++)
        {
            context.Take(words[i]);
        }

        var current = words[^1];
        var equals = current.IndexOf('=', StringComparison.Ordinal);
        if (context.Pending is null && equals > 0 && context.Syntax.Options.GetValueOrDefault(current[..equals]))
        {
            (context.Pending, context.Prefix) = (NameOf(current[..equals]), current[..(equals + 1)]);
        }

        return context;
    }

    /// <summary>Whether an option was given.</summary>
    public bool Has(string option) => _values.ContainsKey(option);

    /// <summary>The value given last for the first of these options that has one.</summary>
    public string? Value(params ReadOnlySpan<string> options)
    {
        foreach (var option in options)
        {
            if (_values.TryGetValue(option, out var value) && value.Length > 0)
            {
                return value;
            }
        }

        return null;
    }

    private static string NameOf(string option) => option.TrimStart('-');

    private void Take(string word)
    {
        if (Pending is { } option)
        {
            _values[option] = word;
            Pending = null;
            return;
        }

        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        if (Syntax.Options.TryGetValue(name, out var takesValue))
        {
            _values[NameOf(name)] = equals < 0 ? "" : word[(equals + 1)..];
            Pending = takesValue && equals < 0 ? NameOf(name) : null;
        }
        else if (Syntax.Commands.TryGetValue(word, out var command))
        {
            Syntax = command;
        }
    }
}
