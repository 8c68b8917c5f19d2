using System.Net;
using ClassicBroker.Client;

namespace ClassicBroker.Tools.Doctor;

/// <summary>
/// Whether what each broker advertises leads to it from this machine: a client gets these addresses from the first broker it asks, and a
/// wrong one shows as a connection that works and then fails. Stateless.
/// </summary>
internal static class ListenerCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Patient patient)
    {
        var answers = await patient.Admin.DescribeApiVersionsAsync();
        List<Finding> findings = [.. answers.Select(Judge)];
        if (patient.Cluster.ControllerId < 0)
        {
            findings.Add(Finding.Critical(
                "controller",
                "The cluster has no controller: no leader is elected and no topic is made.",
                "Look at /controller in ZooKeeper, and at controller.log of the brokers."));
        }

        var versions = answers.Where(answer => answer.Failure is null)
            .GroupBy(answer => string.Join(',', answer.Apis))
            .Select(group => string.Join(", ", group.Select(answer => answer.Broker.Id)))
            .ToArray();
        if (versions.Length > 1)
        {
            findings.Add(Finding.Warning(
                "versions",
                $"The brokers do not speak the same versions: {string.Join(" against ", versions)}.",
                "Finish the upgrade: bring all brokers to one version before raising inter.broker.protocol.version."));
        }

        return findings;
    }

    internal static Finding Judge(NodeApiVersions answer)
    {
        var (node, subject) = (answer.Broker, $"broker {answer.Broker.Id}");
        if (answer.Failure is { } failure)
        {
            return Finding.Critical(
                subject,
                $"It advertises {node.Host}:{node.Port}, where this machine does not reach it: {failure.Message}",
                "Set advertised.listeners of the broker to a name and port that its clients resolve and reach.");
        }

        return IsThisMachineOnly(node.Host)
            ? Finding.Warning(
                subject,
                $"It answers at {node.Host}:{node.Port}, which is this machine's own address: clients elsewhere would ask themselves.",
                "Set advertised.listeners to a name that other machines resolve, if any are to come.")
            : Finding.Good(subject, $"It answers at {node.Host}:{node.Port}.");
    }

    /// <summary>Whether a host means whichever machine asks.</summary>
    internal static bool IsThisMachineOnly(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
