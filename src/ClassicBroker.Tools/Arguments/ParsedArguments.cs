using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Arguments;

/// <summary>What a command line said, asked option by option. Filled by <see cref="ArgumentParser.Parse"/>, then only read.</summary>
/// <param name="parser">The parser of the command, whose usage errors show.</param>
/// <param name="command">The command among several; empty for a tool that is one.</param>
internal sealed class ParsedArguments(ArgumentParser parser, string command)
{
    private readonly Dictionary<ArgumentSpec, List<string>> _values = [];

    public string Command { get; } = command;

    public bool Has(ArgumentSpec argument) => _values.ContainsKey(argument);

    /// <summary>The last value given, else the default.</summary>
    public string? Value(ArgumentSpec argument) =>
        _values.TryGetValue(argument, out var values) && values.Count > 0 ? values[^1] : argument.Default;

    public IReadOnlyList<string> Values(ArgumentSpec argument) => _values.TryGetValue(argument, out var values) ? values : [];

    /// <summary>The value of an option that is required or has a default.</summary>
    public string Text(ArgumentSpec argument) => Value(argument) ?? throw parser.Wrong($"argument {argument.Names[0]} is required");

    public long Int64(ArgumentSpec argument) => Number(argument, long.MinValue, long.MaxValue, "Long (64 bits)");

    public int Int32(ArgumentSpec argument) => (int)Number(argument, int.MinValue, int.MaxValue, "Integer (32 bits)");

    public double Double(ArgumentSpec argument) =>
        JavaText.TryParseDouble(Text(argument), out var number)
            ? number
            : throw parser.Wrong($"argument {argument.Names[0]}: could not convert '{Text(argument)}' to Double (64 bits)");

    /// <summary>Ends the tool with the usage and a reason.</summary>
    public ToolException Wrong(string reason) => parser.Wrong(reason);

    public List<string> Add(ArgumentSpec argument)
    {
        if (!_values.TryGetValue(argument, out var values))
        {
            _values.Add(argument, values = []);
        }

        return values;
    }

    private long Number(ArgumentSpec argument, long min, long max, string type) =>
        JavaText.TryParseLong(Text(argument), out var number)
            && number >= min && number <= max
            ? number
            : throw parser.Wrong($"argument {argument.Names[0]}: could not convert '{Text(argument)}' to {type}");
}
