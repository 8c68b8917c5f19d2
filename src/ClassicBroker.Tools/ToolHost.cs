using System.Globalization;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools;

/// <summary>
/// All a tool may touch outside of itself: its streams, files, clock and network. Program.cs makes the real one, tests make theirs.
/// Threading: used by one tool, whose awaits may move between threads but never run side by side.
/// </summary>
internal sealed class ToolHost
{
    private readonly TextWriter _error = TextWriter.Null;
    private TextWriter? _out;

    /// <summary>Standard input, raw.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output, raw and buffered; <see cref="Out"/> writes into it.</summary>
    public required Stream Output { get; init; }

    /// <summary>
    /// Standard error, unbuffered. What standard output holds back is written first, so that a terminal shows both in their order.
    /// </summary>
    public required TextWriter Error
    {
        get
        {
            FlushOutput();
            return _error;
        }

        init => _error = value;
    }

    public required IFileSystem Files { get; init; }

    /// <summary>All of a file's bytes; pipes such as <c>/dev/stdin</c> included, which have no length and no positions.</summary>
    public required Func<string, byte[]> ReadFile { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    /// <summary>Java's system properties that mean something here, from <c>KAFKA_OPTS</c>.</summary>
    public IReadOnlyDictionary<string, string> SystemProperties { get; init; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Makes what <see cref="OpenNetwork"/> returns.</summary>
    public required Func<ToolHost, ToolNetwork> NetworkOpener { get; init; }

    /// <summary>Ctrl-C and SIGTERM, for tools that have something to finish.</summary>
    public required Interruption Interruption { get; init; }

    /// <summary>True where a person types the input.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>True where a person reads the output.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>True where a person watches both streams: only there is progress shown.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Whether output may be coloured: on a terminal, unless <c>NO_COLOR</c> is set.</summary>
    public bool HasColours { get; init; }

    /// <summary>Where <c>--output</c> asked for a document: what it is to hold. Null for the tool's own text.</summary>
    public FactDocument? Facts { get; set; }

    /// <summary>
    /// Standard output as UTF-8 text with Unix line ends, flushed when the tool ends. Beside a document of facts, the text goes to standard
    /// error: standard output is the document alone.
    /// </summary>
    public TextWriter Out => Facts is null ? StandardOutput : Error;

    private TextWriter StandardOutput =>
        _out ??= TextWriter.Synchronized(new StreamWriter(Output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" });

    /// <summary>Makes the connections to brokers and ZooKeeper. Asked once at most, by the tools that need one.</summary>
    public ToolNetwork OpenNetwork() => NetworkOpener(this);

    /// <summary>A host for the same tool that writes its output elsewhere, says nothing on standard error, and reaches no broker.</summary>
    public ToolHost WritingTo(Stream output) => new()
    {
        Input = Stream.Null,
        Output = output,
        Error = TextWriter.Null,
        Files = Files,
        ReadFile = ReadFile,
        Time = Time,
        Random = Random,
        SystemProperties = SystemProperties,
        NetworkOpener = _ => throw new ToolException("There is no network here"),
        Interruption = Interruption,
    };

    /// <summary>A line in the layout of log4j's console, on standard error, as tools log what they cannot print as their result.</summary>
    public void Log(string level, string text, string logger)
    {
        var now = Time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);
        Error.WriteLine($"[{now}] {level} {text} ({logger})");
    }

    /// <summary>Writes the document of facts, where one was asked for.</summary>
    public void WriteFacts() => StandardOutput.Write(Facts?.ToString());

    public async Task FlushAsync()
    {
        if (_out is not null)
        {
            await _out.FlushAsync(CancellationToken.None);
        }

        await Output.FlushAsync(CancellationToken.None);
    }

    private void FlushOutput()
    {
        try
        {
            _out?.Flush();
            Output.Flush();
        }
        catch (IOException)
        {
            // The reader of standard output has gone. The next write of a result meets that as well and ends the tool.
        }
    }
}
