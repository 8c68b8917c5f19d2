using System.Globalization;
using ClassicBroker.Platform;

namespace ClassicBroker.Tools;

/// <summary>
/// One line on a terminal that is written over itself while something takes long. It goes to standard error, so that results stay apart,
/// and there is none where output goes elsewhere than to a terminal. Threading: one thread at a time, that of what it tells about.
/// </summary>
internal sealed class ProgressLine
{
    private const int BarWidth = 30;
    private const int IntervalMs = 200;
    private const string ToStartAndErase = "\r\u001b[K";
    private const string Green = "\u001b[32m";
    private const string Plain = "\u001b[0m";

    private readonly ToolHost _host;
    private long? _shownMs;

    private ProgressLine(ToolHost host) => _host = host;

    /// <summary>The line of a tool's terminal; null where there is no one to see it.</summary>
    public static ProgressLine? On(ToolHost host) => host.IsWatched ? new ProgressLine(host) : null;

    /// <summary>A bar, and what share of the whole is done.</summary>
    public void Show(string label, long done, long total)
    {
        if (!IsDue())
        {
            return;
        }

        var share = total <= 0 ? 1 : Math.Clamp((double)done / total, 0, 1);
        var filled = (int)(share * BarWidth);
        var (before, behind) = _host.HasColours ? (Green, Plain) : ("", "");
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{label} {before}{new string('#', filled)}{behind}{new string('.', BarWidth - filled)} {Math.Floor(share * 100)}%"));
    }

    /// <summary>What has no end to be measured by.</summary>
    public void Show(string text)
    {
        if (IsDue())
        {
            Write(text);
        }
    }

    /// <summary>Makes room for a line of the tool's own.</summary>
    public void Clear()
    {
        if (_shownMs is not null)
        {
            Write("");
            _shownMs = null;
        }
    }

    private bool IsDue() => _shownMs is not { } shown || _host.Time.MonotonicMs() - shown >= IntervalMs;

    private void Write(string text)
    {
        _shownMs = _host.Time.MonotonicMs();
        _host.Error.Write(ToStartAndErase + text);
    }
}
