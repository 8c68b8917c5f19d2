using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole.Hosted;

/// <summary>Has the broker log what the console logs, under the console's categories. Threading: any.</summary>
internal sealed class LinkedLoggers(BrokerLink link) : LineLoggers
{
    protected override void Write(string category, LogLevel level, string text, Exception? exception) =>
        link.Log(category, level, exception is null ? text : $"{text}\n{exception}");
}
