using ClassicBroker.Conformance.Tests.Differences;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// An order that the recorded or the simulated controller gave alone. Here are all of them, besides the rows of
/// <c>docs/differences-from-kafka.md</c> for what is meant to differ from 3.9. Immutable.
/// </summary>
/// <param name="IsKafkas">Did Kafka give it, and we did not? Otherwise the other way round.</param>
/// <param name="Pattern">The step and the order; <c>*</c> stands for any text, <c>?</c> for any character.</param>
/// <param name="Reason">Why it is accepted.</param>
internal sealed record AcceptedOrder(bool IsKafkas, string Pattern, string Reason)
{
    private const string Cut = "the log of Kafka's controller tells of it; the recording of the step lacks the frame";
    private const string Gone = "a broker that stops may be gone before it is told";
    private const string Late = "came late, of the step before";
    private const string ByHand = "follows from an AlterPartition that only Kafka takes: the row of byhand-0";
    private const string TakenOut = "a controller of 2.2 leaves a broker in ISRs, and as leader, that died as the controller";
    private const string Joined = "a replica joined an ISR: leaders before AlterPartition notify of that together, after a while";
    private const string Apart = "the ISR that the dead controller was left in made the partition go another way";
    private const string Kip455 = "controllers of 2.2 move replicas in the steps that were before KIP-455";
    private const string Chain = "the controller itself stops: how many it tells before is chance";

    public static IReadOnlyList<AcceptedOrder> Of3 { get; } =
    [
        .. Ours(
            Cut,
            "04-* to 2: *",
            "byhand-0 leader -1 epoch 1", "doomed-0 leader -1 epoch 1", "doomed-1 leader 1 epoch 1", "dying-0 leader -1 epoch 1",
            "flipped-0 leader -1 epoch 1", "mover-0 leader -1 epoch 1", "moving-0 leader -1 epoch 1", "reborn-0 leader -1 epoch 1",
            "rep-0 leader -1 epoch 1", "rep-1 leader 1 epoch 1", "rep-2 leader 2 epoch 1", "solo-0 leader -1 epoch 1",
            "strict-0 leader -1 epoch 1", "unclean-0 leader -1 epoch 1"),
        .. Ours(
            Cut,
            "04-* to 2: *",
            "byhand-0 leader 1 epoch 2", "doomed-0 leader 1 epoch 2", "dying-0 leader 1 epoch 2", "flipped-0 leader 1 epoch 2",
            "mover-0 leader 1 epoch 2", "moving-0 leader 1 epoch 2", "reborn-0 leader 1 epoch 2", "rep-0 leader 1 epoch 2",
            "strict-0 leader 1 epoch 2", "unclean-0 leader 1 epoch 2"),
        new(false, "09-* to 0: *-1 leader 2 epoch 3 *", Cut),
        new(true, "12-* metadata rep-0 leader 0 epoch 4 *", Late),
        new(true, "12-* to 1: metadata of brokers [0,1,2]", Late),
        new(false, "46-* solo-1 leader 1 epoch 9 *", Cut),
        new(false, "47-* metadata solo-1 leader 1 epoch 11 *", Cut),
        new(true, "48-* to 2: stop *", Gone),
        new(true, "48-* to 2: metadata * offline [2]", Gone),
        .. Ours(
            Cut,
            "56-* to 1: *",
            "halfmade-0 leader 1 epoch 4", "halfmade-1 leader 0 epoch 2", "made-0 leader 0 epoch 5", "mover-0 leader 0 epoch 33",
            "rep-0 leader 1 epoch 30", "rep-1 leader 1 epoch 25", "rep-2 leader 0 epoch 25", "rep-3 leader 1 epoch 12",
            "rep-4 leader 0 epoch 10", "strict-1 leader 1 epoch 9"),
        new(true, "58-* metadata byhand-0 leader 0 *", ByHand),
        new(true, "59-* metadata byhand-0 leader 0 epoch 19 *", ByHand),
        new(true, "59-* metadata of brokers [0,1,2]", ByHand),
        new(true, "61-* to 2: metadata * offline [2]", Gone),
        new(false, "61-* to 2: metadata byhand-0 leader 0 *", ByHand),
        new(true, "62-* to 2: metadata of brokers [0,1,2]", Gone),
    ];

    public static IReadOnlyList<AcceptedOrder> Of2 { get; } =
    [
        new(false, "01-* metadata of brokers *", "the start was not recorded"),
        .. Ours(
            TakenOut,
            "04-* to 1: *",
            "doomed-0 leader -1 epoch 1", "doomed-1 leader 1 epoch 1", "mover-0 leader -1 epoch 1", "rep-0 leader -1 epoch 1",
            "rep-1 leader 1 epoch 1", "rep-2 leader 2 epoch 1", "solo-0 leader -1 epoch 1", "strict-0 leader -1 epoch 1",
            "unclean-0 leader -1 epoch 1"),
        .. Ours(
            TakenOut,
            "11-* to 1: *",
            "doomed-0 leader 0 epoch 5", "doomed-1 leader -1 epoch 3", "rep-1 leader -1 epoch 3", "rep-2 leader -1 epoch 3",
            "solo-2 leader -1 epoch 1"),
        .. Ours(
            TakenOut,
            "20-* to 0: *",
            "doomed-0 leader 0 epoch 9", "doomed-1 leader -1 epoch 7", "mover-0 leader 0 epoch 7", "rep-0 leader 0 epoch 8",
            "rep-1 leader -1 epoch 7", "rep-2 leader 2 epoch 7", "solo-1 leader -1 epoch 3", "strict-0 leader 0 epoch 7",
            "unclean-0 leader 0 epoch 7"),
        .. Ours(
            TakenOut,
            "33-* to 1: *",
            "doomed-0 leader 1 epoch 13", "doomed-1 leader 1 epoch 12", "rep-0 leader -1 epoch 14", "rep-1 leader 1 epoch 12",
            "rep-2 leader -1 epoch 10", "rep-3 leader -1 epoch 1", "rep-4 leader 0 epoch 1", "solo-2 leader -1 epoch 5",
            "strict-1 leader 1 epoch 1"),
        new(true, "06-* to 0: rep-2 leader 2 epoch 1 isr [0,1,2] *", TakenOut),
        new(false, "06-* to 0: rep-2 leader 2 epoch 1 isr [1,2] *", TakenOut),
        new(true, "07-* metadata rep-2 leader 2 epoch 1 *", Joined),
        new(true, "19-* metadata doomed-1 leader 1 epoch 6 *", Joined),
        new(true, "19-* metadata rep-? leader ? epoch 6 *", Joined),
        new(true, "22-* to 1: mover-0 leader -1 epoch 8 isr [1] *", Apart),
        new(false, "22-* to 1: mover-0 leader -1 epoch 8 isr [0] *", Apart),
        new(true, "23-* to 0: mover-0 leader -1 epoch 8 isr [1] *", Apart),
        new(false, "23-* to 0: mover-0 leader -1 epoch 8 isr [0] *", Apart),
        new(false, "23-* to ?: *mover-0 leader 0 epoch 9 *", Apart),
        new(true, "23-* to 1: metadata * offline [0]", Late),
        new(true, "23-* to 1: metadata of brokers [1,2]", Late),
        new(true, "24-* mover-0 leader 0 epoch 9 *", Apart),
        new(true, "24-* metadata rep-2 leader 2 epoch 8 *", Joined),
        new(true, "25-* metadata mover-0 leader 0 epoch 9 replicas [1,2,0] *", Kip455),
        new(false, "25-* metadata mover-0 leader 0 epoch 10 replicas [1,2,0] *", Kip455),
        new(true, "26-* to ?: *mover-0 leader 0 epoch 9 *", Kip455),
        new(true, "27-* metadata mover-0 leader 1 epoch 12 replicas [0,1,2] *", Kip455),
        new(false, "27-* metadata mover-0 leader 1 epoch 13 replicas [0,1,2] *", Kip455),
        new(true, "28-* to ?: *mover-0 leader 1 epoch 12 *", Kip455),
        new(false, "28-* metadata mover-0 leader 1 epoch 1? *", Kip455),
        new(false, "28-* to 0: mover-0 leader 1 epoch 14 * new True", Kip455),
        new(true, "29-* to ?: *rep-0 leader 1 epoch 11 *", Kip455),
        new(false, "29-* metadata rep-0 leader 1 epoch 12 *", Kip455),
        new(true, "34-* to 2: doomed-? leader -1 *", "tells of leaders of what is to be deleted: the row of doomed-*"),
        new(true, "35-* metadata rep-? leader 1 *", Joined),
        new(true, "35-* metadata of brokers [0,1,2]", Joined),
        new(false, "36-* to 1: metadata of brokers []", "asked by hand"),
        new(true, "37-* to 1: metadata * offline [0]", Chain),
        new(true, "37-* to ?: metadata of brokers [0,1,2]", Chain),
        new(true, "37-* to 1: rep-? leader ? epoch * isr [1,2] *", Chain),
        new(true, "37-* to 2: rep-3 leader 2 epoch ? isr [0,*", TakenOut),
        new(false, "37-* to 2: rep-3 leader 2 epoch 5 isr [2] *", TakenOut),
        new(false, "37-* to 2: *rep-1 leader 2 epoch 15 *", TakenOut),
        new(false, "37-* to 2: *strict-1 leader 2 epoch 3 *", TakenOut),
        new(false, "37-* to 2: metadata solo-0 leader -1 epoch 9 *", TakenOut),
    ];

    public bool Matches(string order) => MeantDifference.Matches(Pattern, order);

    /// <summary>States that only we gave, with either request.</summary>
    private static IEnumerable<AcceptedOrder> Ours(string reason, string prefix, params string[] states) =>
        states.Select(state => new AcceptedOrder(false, $"{prefix}{state} *", reason));
}
