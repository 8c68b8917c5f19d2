using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Completion;

/// <summary>
/// What may stand in the command line of a tool: options, and commands with options of their own. It is learnt from the tool's answer to
/// <c>--help</c>, so that nothing is written down twice. Immutable.
/// </summary>
internal sealed partial class ToolSyntax
{
    private ToolSyntax(IEnumerable<(string Name, bool TakesValue)> options, IEnumerable<(string Name, ToolSyntax Syntax)> commands)
    {
        Options = new SortedDictionary<string, bool>(
            options.ToDictionary(option => option.Name, option => option.TakesValue), StringComparer.Ordinal);
        Commands = new SortedDictionary<string, ToolSyntax>(
            commands.ToDictionary(command => command.Name, command => command.Syntax), StringComparer.Ordinal);
    }

    /// <summary>The options with their dashes, and whether a value follows.</summary>
    public IReadOnlyDictionary<string, bool> Options { get; }

    public IReadOnlyDictionary<string, ToolSyntax> Commands { get; }

    /// <summary>The syntax of a tool; empty for one that has no help.</summary>
    public static async Task<ToolSyntax> OfAsync(ICommand tool, ToolHost host)
    {
        (string, bool)[] output = tool.ReportsFacts ? [(OutputOption.Name, true)] : [];
        using var text = new MemoryStream();
        var quiet = host.WritingTo(text);
        try
        {
            await tool.RunAsync(["--help"], quiet);
            await quiet.FlushAsync();
            return new ToolSyntax([.. OptionsIn(Encoding.UTF8.GetString(text.ToArray())), .. output], []);
        }
        catch (UsageException usage)
        {
            return new ToolSyntax([.. OptionsOf(usage.Parser), .. output], []);
        }
        catch (ArgumentHelpException help)
        {
            return Of(help.Parser, output);
        }
        catch (Exception refusal) when (refusal is ToolException or JavaFailure)
        {
            return new ToolSyntax(output, []);
        }
    }

    private static ToolSyntax Of(ArgumentParser parser, (string, bool)[] output) =>
        new(
            [
                .. parser.Arguments.SelectMany(
                    argument => argument.Names.Select(name => (name, argument.Metavar is not null))),
                ("--help", false),
                .. output,
            ],
            parser.Commands.Select(command => (command.Name, Of(command.Parser, output))));

    private static IEnumerable<(string, bool)> OptionsOf(OptionParser parser) =>
        parser.Specs
            .Where(option => !option.IsHidden)
            .Select(option => ((option.Name.Length == 1 ? "-" : "--") + option.Name, option.Argument != OptionArgument.None));

    /// <summary>The long options of a help text whose parser tells of none.</summary>
    private static IEnumerable<(string, bool)> OptionsIn(string help) =>
        LongOption().Matches(help).Select(match => match.Value).Distinct().Select(name => (name, name is not ("--help" or "--version")));

    [GeneratedRegex("--[a-z][a-z.-]+")]
    private static partial Regex LongOption();
}
