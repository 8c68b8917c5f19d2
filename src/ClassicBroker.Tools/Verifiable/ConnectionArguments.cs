using ClassicBroker.Tools.Arguments;

namespace ClassicBroker.Tools.Verifiable;

/// <summary>The options by which the verifiable tools find brokers. Stateless.</summary>
internal static class ConnectionArguments
{
    private const string Metavar = "HOST1:PORT1[,HOST2:PORT2[...]]";

    public static (ArgumentSpec BootstrapServer, ArgumentSpec BrokerList) Add(ArgumentParser parser, string requirement)
    {
        var group = new ExclusiveGroup(IsRequired: true, "Connection Group", "Group of arguments for connection to brokers");
        return (
            parser.Value(
                "--bootstrap-server",
                Metavar,
                $"{requirement} Comma-separated list of Kafka brokers in the form HOST1:PORT1,HOST2:PORT2,...",
                group: group),
            parser.Value(
                "--broker-list",
                Metavar,
                "DEPRECATED, use --bootstrap-server instead; ignored if --bootstrap-server is specified. Comma-separated list of Kafka "
                + "brokers in the form HOST1:PORT1,HOST2:PORT2,...",
                group: group));
    }
}
