using System.Text;
using ClassicBroker.Platform;
using NLog;
using NLog.Common;
using NLog.Layouts;
using NLog.Targets;

namespace ClassicBroker.Server.Logging;

/// <summary>
/// Writes log lines to a file that other brokers may write to as well: each batch of lines is one append, so that lines stay whole. A file
/// that has grown too large is renamed to <c>NAME.1</c>, that to <c>NAME.2</c> and so on. A file that cannot be written is told on the
/// console. Owned by NLog. Threading: NLog calls one at a time.
/// </summary>
[Target("SharedFile")]
public sealed class SharedFileTarget : TargetWithLayout
{
    private static readonly PosixFileSystem Files = new();

    private readonly StringBuilder _lines = new();
    private AppendOnlyFile? _file;
    private string _path = "";
    private bool _isRefused;

    public SharedFileTarget()
    {
    }

    public SharedFileTarget(string name) => Name = name;

    /// <summary>The path; it may hold what does not change while the process runs.</summary>
    public Layout FileName { get; set; } = "";

    public long ArchiveAboveSize { get; set; } = long.MaxValue;

    public int MaxArchiveFiles { get; set; } = 1;

    /// <summary>Where faults of the file itself are told.</summary>
    internal TextWriter Console { get; init; } = System.Console.Error;

    protected override void InitializeTarget()
    {
        base.InitializeTarget();
        _path = FileName.Render(LogEventInfo.CreateNullEvent());
        Append("");
    }

    protected override void CloseTarget()
    {
        _file?.Dispose();
        _file = null;
        base.CloseTarget();
    }

    protected override void Write(LogEventInfo logEvent)
    {
        AddLine(logEvent);
        AppendLines();
    }

    protected override void Write(IList<AsyncLogEventInfo> logEvents)
    {
        foreach (var entry in logEvents)
        {
            AddLine(entry.LogEvent);
        }

        AppendLines();
        foreach (var entry in logEvents)
        {
            entry.Continuation(null);
        }
    }

    private void AddLine(LogEventInfo logEvent) => _lines.Append(RenderLogEvent(Layout, logEvent)).Append('\n');

    private void AppendLines()
    {
        Append(_lines.ToString());
        _lines.Clear();
    }

    private void Append(string lines)
    {
        try
        {
            FileToAppendTo().Append(Encoding.UTF8.GetBytes(lines));
            if (_isRefused)
            {
                _isRefused = false;
                Console.WriteLine($"Log file {_path} is written again");
            }
        }
        catch (Exception failure) when (failure is IOException or StorageException)
        {
            if (!_isRefused)
            {
                _isRefused = true;
                Console.WriteLine($"Log file {_path} cannot be written, its lines are lost until it can: {failure.Message}");
            }

            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>The open file, which another process may just have renamed, or which is due to be.</summary>
    private AppendOnlyFile FileToAppendTo()
    {
        if (_file is null or { IsMoved: true })
        {
            Reopen();
        }

        if (_file!.Length > ArchiveAboveSize)
        {
            Archive();
            Reopen();
        }

        return _file;
    }

    private void Reopen()
    {
        _file?.Dispose();
        _file = null;
        Files.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        _file = AppendOnlyFile.Open(_path);
    }

    private void Archive()
    {
        for (var number = MaxArchiveFiles - 1; number >= 0; number--)
        {
            var source = number == 0 ? _path : $"{_path}.{number}";
            if (Files.FileExists(source))
            {
                Files.Rename(source, $"{_path}.{number + 1}");
            }
        }
    }
}
