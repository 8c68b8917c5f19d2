using ClassicBroker.Client.Configuration;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic;

/// <summary>Logs what a configuration of 0.8 has that means nothing here. Stateless.</summary>
internal static class ClassicKeys
{
    public static void Log(ILogger logger, IReadOnlyList<string> unused, IReadOnlyList<string> inert)
    {
        foreach (var key in unused)
        {
            logger.LogWarning("Property {Key} is not valid", key);
        }

        KeysWithoutEffect.Log(logger, inert);
    }
}
