using ClassicBroker.Client;

namespace ClassicBroker.Tools.Doctor;

/// <summary>A cluster that answers, and what every check wants to know of it, asked once. Immutable.</summary>
/// <param name="Host">Clock and files of this machine.</param>
/// <param name="Admin">Asks the brokers.</param>
/// <param name="Cluster">What the bootstrap server told.</param>
/// <param name="Topics">All topics, internal ones included.</param>
internal sealed record Patient(ToolHost Host, AdminClient Admin, ClusterDescription Cluster, IReadOnlyList<TopicDescription> Topics);
