using ClassicBroker.Client;
using ClassicBroker.Metadata;

namespace ClassicBroker.Tools.Doctor;

/// <summary>Whether ZooKeeper and the brokers tell the same of the cluster. Stateless.</summary>
internal static class ZooKeeperCheck
{
    private const string Subject = "ZooKeeper";

    /// <param name="store">What ZooKeeper keeps.</param>
    /// <param name="cluster">What a broker told; null where none was asked, or none answered.</param>
    public static async Task<IReadOnlyList<Finding>> RunAsync(MetadataStore store, ClusterDescription? cluster)
    {
        var id = await store.Cluster.GetClusterIdAsync();
        if (id is null)
        {
            return
            [
                Finding.Critical(
                    Subject,
                    "There is no cluster under this address: /cluster/id is missing.",
                    "Check the chroot behind the hosts in zookeeper.connect."),
            ];
        }

        if (cluster?.ClusterId is { } told && told != id)
        {
            return
            [
                Finding.Critical(
                    Subject,
                    $"It holds cluster {id}, and the brokers belong to {told}.",
                    "Give the ZooKeeper of the same cluster, with its chroot."),
            ];
        }

        var registered = await store.Brokers.GetIdsAsync();
        var controller = await store.Controller.GetControllerIdAsync();
        var brokers = string.Join(", ", registered.Order());
        List<Finding> findings = [Finding.Good(Subject, $"It holds cluster {id} with brokers {brokers} and controller {controller}.")];
        if (controller is null || !registered.Contains(controller.Value))
        {
            findings.Add(Finding.Critical(
                Subject,
                controller is null ? "No broker is controller." : $"Controller {controller} is not registered.",
                "Look at controller.log of the brokers; a broker that hangs keeps /controller until its session ends."));
        }

        if (cluster is null)
        {
            return findings;
        }

        var known = cluster.Nodes.Select(node => node.Id).ToArray();
        var missing = registered.Except(known).Order().ToArray();
        var gone = known.Except(registered).Order().ToArray();
        if (missing.Length > 0 || gone.Length > 0)
        {
            findings.Add(Finding.Warning(
                Subject,
                $"The brokers know {string.Join(", ", known.Order())}, registered are {brokers}.",
                "Wait for the controller to tell the brokers; where it lasts, look at controller.log and restart the controller."));
        }

        return findings;
    }
}
