using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The environment variables that Kafka's scripts hand to a Java virtual machine, of which there is none here. Stateless.
/// </summary>
internal static class JavaEnvironment
{
    private const string JmxPortVariable = "JMX_PORT";

    /// <summary>The system properties that mean something here.</summary>
    private static readonly string[] Properties =
    [
        JaasContexts.FileProperty, LoginModules.DisallowedProperty, OAuthValidators.AllowedUrlsProperty, ZooKeeperLogin.EnabledProperty,
        ZooKeeperLogin.ContextProperty, ZooKeeperLogin.ServiceProperty, SystemKerberos.ConfigFileProperty,
    ];

    private static readonly string[] Variables =
    [
        "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_JMX_OPTS", JmxPortVariable, "KAFKA_LOG4J_OPTS",
        JavaOptions.Variable,
    ];

    /// <summary>A sentence for each variable that is set and does not do what it would do to Kafka.</summary>
    public static IEnumerable<string> Notices(Func<string, string?> variable)
    {
        foreach (var name in Variables)
        {
            var value = name == JavaOptions.Variable ? JavaOptions.Without(variable(name), Properties) : variable(name);
            if (value is { Length: > 0 })
            {
                yield return $"{name}={value} has no effect: {Because(name, value)}";
            }
        }
    }

    /// <summary>The system properties that <c>KAFKA_OPTS</c> sets.</summary>
    public static IReadOnlyDictionary<string, string> SystemProperties(Func<string, string?> variable) =>
        JavaOptions.SystemProperties(variable(JavaOptions.Variable));

    /// <summary>The port that Kafka's registration would show; -1 where none is set.</summary>
    public static int JmxPort(Func<string, string?> variable) =>
        variable(JmxPortVariable) is { } text && JavaText.TryParseInt(JavaText.Trim(text), out var port) ? port : -1;

    private static string Because(string name, string value) =>
        name switch
        {
            "KAFKA_LOG4J_OPTS" => "it is for log4j. An nlog.config beside the properties file sets up the logs",
            JmxPortVariable => "it is shown in the broker's registration, and nothing listens there; metrics are .NET meters",
            _ => "there is no Java virtual machine",
        };
}
