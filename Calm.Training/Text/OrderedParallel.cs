namespace Calm.Training;

/// <summary>Work on the items of a stream on several cores, with results in the order of the items.</summary>
internal static class OrderedParallel
{
    /// <summary>
    /// Maps every item. The source is read by the caller's thread, only as far ahead as there are threads; what the
    /// source or the map throws is thrown as it is.
    /// </summary>
    public static IEnumerable<TResult> Map<TSource, TResult>(
        IEnumerable<TSource> source, int threads, Func<TSource, TResult> map)
    {
        Queue<Task<TResult>> running = new();
        foreach (TSource item in source)
        {
            running.Enqueue(Task.Run(() => map(item)));
            if (running.Count >= threads)
            {
                yield return running.Dequeue().GetAwaiter().GetResult();
            }
        }

        while (running.TryDequeue(out Task<TResult>? next))
        {
            yield return next.GetAwaiter().GetResult();
        }
    }

    /// <summary>Documents in groups of about one megabyte: a fair piece of work for a core.</summary>
    public static IEnumerable<List<Document>> Batches(IEnumerable<Document> documents)
    {
        const int batchBytes = 1 << 20;
        List<Document> batch = [];
        long bytes = 0;
        foreach (Document document in documents)
        {
            batch.Add(document);
            bytes += document.Text.Length;
            if (bytes >= batchBytes)
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
