using ClassicBroker.Tools.Completion;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-tools complete bash|zsh|fish words…</c>, which the completion files of the shells run: prints what the last word may become,
/// a candidate a line. Says nothing where it knows nothing; the shell then offers files.
/// </summary>
internal sealed class CompletionCommand : ICommand
{
    private const int WordsMin = 3;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count < WordsMin)
        {
            throw new ToolException("USAGE: kafka-tools complete bash|zsh|fish <script> [words...] <word to complete>");
        }

        var words = args[0] == "bash" ? CommandWords.OfBash([.. args.Skip(1)]) : CommandWords.Of([.. args.Skip(1)]);
        var tool = Path.GetFileNameWithoutExtension(words.Words[0]);
        if (CommandCatalog.ByScript(tool) is not { } command)
        {
            return 0;
        }

        var context = CommandContext.Read(tool, await ToolSyntax.OfAsync(command, host), words.Words);
        foreach (var candidate in await CandidatesAsync(context, words.Current, host))
        {
            host.Out.WriteLine(candidate[words.KeptLength..]);
        }

        return 0;
    }

    private static async Task<IEnumerable<string>> CandidatesAsync(CommandContext context, string current, ToolHost host)
    {
        IEnumerable<string> candidates = context.Pending is { } option
            ? (await new ValueCandidates(context, new LiveNames(context, host)).FindAsync(option, current[context.Prefix.Length..]))
                .Select(value => context.Prefix + value)
            : context.Syntax.Commands.Keys.Concat(context.Syntax.Options.Keys);
        return candidates
            .Where(candidate => candidate.StartsWith(current, StringComparison.Ordinal) && !candidate.Any(char.IsControl))
            .Distinct()
            .Order(StringComparer.Ordinal);
    }
}
