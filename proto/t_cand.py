import numpy as np, time, sys, collections
from healthnews.duplicates import signatures as S, candidates as C, similarity as M
import pyarrow.parquet as pq
f=sys.argv[1]
tb=pq.read_table(f); texts=tb['text'].to_pylist(); cl=np.array(tb['cluster']); fam=np.array(tb['family']); titles=tb['title'].to_pylist()
s=time.process_time(); B=S.sign(texts); print("sign",time.process_time()-s)
s=time.process_time(); a,b=C.star_edges(B); print("stars",time.process_time()-s,len(a)/len(texts))
s=time.process_time(); lab=C.components(len(texts),a,b); print("components",time.process_time()-s)
sizes=np.bincount(lab); big=sizes[sizes>1]
print("members in comps",big.sum(),"comps",len(big),"all pairs",(big*(big-1)//2).sum(),"pairs in comps<=64",sum(x*(x-1)//2 for x in big if x<=64),"members in >64",big[big>64].sum())
s=time.process_time(); sets=M.ShingleSets(texts); print("sets",time.process_time()-s,sets.hashes.nbytes/1e6,"MB")
s=time.process_time(); j=sets.jaccard(a,b); print("jaccard stars",time.process_time()-s,(j>=.7).mean())
same=cl[a]==cl[b]; samefam=(fam[a]==fam[b])&(fam[a]>=0)&~same
print("star edges: same cluster",same.mean(),"siblings",samefam.mean(),"other",(~same&~samefam).mean())
print("verified: dup",(same&(j>=.7)).sum(),"sib",(samefam&(j>=.7)).sum(),"other",(~same&~samefam&(j>=.7)).sum())
