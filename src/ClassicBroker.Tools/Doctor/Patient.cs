using ClassicBroker.Client;

namespace ClassicBroker.Tools.Doctor;

/// <summary>
/// A cluster that answers, and what every check wants to know of it, asked once. Threading: as the tool that made it.
/// </summary>
/// <param name="host">Clock and files of this machine.</param>
/// <param name="admin">Asks the brokers.</param>
/// <param name="cluster">What the bootstrap server told.</param>
/// <param name="topics">All topics, internal ones included.</param>
internal sealed class Patient(
    ToolHost host, AdminClient admin, ClusterDescription cluster, IReadOnlyList<TopicDescription> topics)
{
    public ToolHost Host => host;

    public AdminClient Admin => admin;

    public ClusterDescription Cluster => cluster;

    public IReadOnlyList<TopicDescription> Topics => topics;
}
