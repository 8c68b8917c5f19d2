using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Tools.Tests;

/// <summary>Runs a tool as its script does, with streams in memory and no network. Threading: the test's thread.</summary>
internal sealed class ToolRun
{
    private readonly MemoryStream _output = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    private ToolRun(string input, string[] words)
    {
        var host = new ToolHost
        {
            Input = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = _output,
            Error = _error,
            Files = new PosixFileSystem(),
            Time = new ManualTime(),
            Random = new SeededRandomSource(1),
            Interrupted = CancellationToken.None,
            NetworkOpener = _ => throw new InvalidOperationException("This run must not need the network"),
        };
        var run = ToolRunner.RunAsync(words, host);
        Assert.True(run.IsCompleted);
        ExitCode = run.GetAwaiter().GetResult();
    }

    public int ExitCode { get; }

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    public string Error => _error.ToString();

    public static ToolRun Of(params string[] words) => new("", words);

    /// <summary>A file among the recordings.</summary>
    public static string Golden(string name) => Path.Join(AppContext.BaseDirectory, "Golden", name);

    /// <summary>The standard output of a recorded command.</summary>
    public static string RecordedOutput(string name)
    {
        var text = File.ReadAllText(Golden(name));
        var start = text.IndexOf("[stdout]\n", StringComparison.Ordinal) + "[stdout]\n".Length;
        return text[start..text.IndexOf("\n[stderr]", StringComparison.Ordinal)];
    }
}
