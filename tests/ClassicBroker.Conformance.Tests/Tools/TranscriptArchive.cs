using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// The recorded commands: text files one after another, each after a line <c># name</c>, the whole compressed with Brotli and embedded in
/// the assembly. Stateless.
/// </summary>
public static class TranscriptArchive
{
    /// <summary>The session with all tools.</summary>
    public const string Tools = "Tools.transcripts";

    /// <summary>The commands for groups, run while the requests of <c>Clusters/groups.br</c> were sent.</summary>
    public const string Groups = "Groups.transcripts";

    /// <summary>The same of Kafka 2.2.2, beside <c>Clusters/groups-2.2.2.br</c>.</summary>
    public const string OldGroups = "Groups.transcripts-2.2.2";

    /// <summary>All commands in the order they were run in; helps last.</summary>
    public static IReadOnlyList<Transcript> Read(string resourceName)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(resourceName)!;
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        List<Transcript> transcripts = [];
        foreach (var file in ("\n" + reader.ReadToEnd()).Split("\n# ").Skip(1))
        {
            var name = file[..file.IndexOf('\n', StringComparison.Ordinal)];
            var commands = file[(name.Length + 1)..].Split("\n$ ");
            transcripts.AddRange(commands.Select((command, index) =>
                Parse(commands.Length > 1 ? $"{name}-{index}" : name, index == 0 ? command[2..] : command)));
        }

        return transcripts;
    }

    private static Transcript Parse(string name, string text)
    {
        var command = Line(text, 0);
        // A heading at the very end has no line feed of its own.
        var rest = text[(command.Length + 1)..] + "\n";
        var input = "";
        if (rest.StartsWith("[input] ", StringComparison.Ordinal))
        {
            var line = Line(rest, 0);
            input = JsonSerializer.Deserialize<string>(line["[input] ".Length..])!;
            rest = rest[(line.Length + 1)..];
        }

        var exit = Line(rest, 0)["[exit ".Length..^1];
        var output = Between(rest, "[stdout]\n", "\n[stderr]");
        var error = rest[(rest.IndexOf("\n[stderr]\n", StringComparison.Ordinal) + "\n[stderr]\n".Length)..];
        return new Transcript(
            name,
            Split(command),
            input,
            int.TryParse(exit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : null,
            output,
            error.EndsWith('\n') ? error[..^1] : error);
    }

    private static string Line(string text, int start)
    {
        var end = text.IndexOf('\n', start);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start - 1, StringComparison.Ordinal)];
    }

    private static string[] Split(string command)
    {
        var words = command.Split(' ');
        return [words[0][..^".sh".Length], .. words[1..]];
    }
}
