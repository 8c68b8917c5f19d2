using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>Logs lines in the layout of Kafka's own to a writer: for the console alone. Threading: any.</summary>
internal sealed class PlainLoggers(TextWriter output) : LineLoggers
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    protected override void Write(string category, LogLevel level, string text, Exception? exception)
    {
        var now = TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);
        var name = level switch
        {
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARN",
            LogLevel.Error => "ERROR",
            _ => "FATAL",
        };
        _output.WriteLine(exception is null ? $"[{now}] {name} {text} ({category})" : $"[{now}] {name} {text} ({category})\n{exception}");
        _output.Flush();
    }
}
