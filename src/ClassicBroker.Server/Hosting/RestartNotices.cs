using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Tells of values that Kafka takes over while it runs and this broker at its next start, so that they are not waited for. Owned by
/// the broker. Threading: the loop that follows configs.
/// </summary>
internal sealed partial class RestartNotices(KafkaConfig atStart, ILogger<RestartNotices> logger)
{
    private static readonly string[] Keys = ["listeners", "advertised.listeners", "listener.security.protocol.map"];

    private KafkaConfig _told = atStart;

    public void Tell(KafkaConfig changed)
    {
        foreach (var key in Keys)
        {
            var value = changed.Originals.GetValueOrDefault(key);
            if (value != _told.Originals.GetValueOrDefault(key))
            {
                LogNextStart(key, value ?? "its default");
            }
        }

        _told = changed;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} is stored as {Value} and taken over when this broker starts again")]
    private partial void LogNextStart(string key, string value);
}
