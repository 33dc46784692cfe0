namespace Calm.Training;

/// <summary>A part of some documents that is held out, and what that leaves to learn from.</summary>
internal interface IHeldOut
{
    /// <summary>The documents that judge a model.</summary>
    IEnumerable<Document> HeldOut { get; }

    /// <summary>What may be learnt from some documents: nothing that is held out.</summary>
    IEnumerable<Document> TrainOf(IEnumerable<Document> documents);
}
